from django.urls import path

from jury.verify import views

app_name = "verify"
urlpatterns = [
    path("", views.verify, name="verify"),
    path("<str:token>/", views.document, name="document"),
]
