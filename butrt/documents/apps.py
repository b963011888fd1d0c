from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "butrt.documents"
    label = "documents"
    verbose_name = "Documents"
