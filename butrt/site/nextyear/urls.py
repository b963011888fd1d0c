from django.urls import path

from butrt.site.nextyear import views

app_name = "nextyear"
urlpatterns = [
    path("", views.years, name="years"),
    path("<int:pk>/<int:school_year>/", views.next_year, name="year"),
    path("<int:pk>/<int:school_year>/annuler/", views.cancel, name="cancel"),
]
