from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "butrt.base.documents"
    label = "documents"
    verbose_name = "Documents"
