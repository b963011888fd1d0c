from django.urls import path

from butrt.site.help import views

app_name = "help"
urlpatterns = [
    path("", views.help_index, name="help"),
    path("<slug:slug>/", views.help_page, name="page"),
]
