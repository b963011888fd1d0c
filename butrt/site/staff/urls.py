from django.urls import path

from butrt.site.staff import views

app_name = "staff"
urlpatterns = [
    path("", views.several_people, name="several"),
    path("confirmer/", views.confirm, name="confirm"),
    path("invitations/", views.invitations, name="invitations"),
]
