from django.urls import path

from jury.documents.verify import views

app_name = "verify"
urlpatterns = [
    path("", views.verify, name="verify"),
    path("<str:token>/", views.document, name="document"),
]
