from django.urls import path

from jury.verify import views

app_name = "verify"
urlpatterns = [
    path("<str:token>/", views.document, name="document"),
]
