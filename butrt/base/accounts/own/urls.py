from django.urls import path

from butrt.base.accounts.own import views

app_name = "mine"
urlpatterns = [
    path("", views.account, name="account"),
    path("mot-de-passe/", views.password, name="password"),
    path("courriel/", views.address, name="address"),
    path("courriel/garder/", views.keep_address, name="keep_address"),
    path("courriel/<str:secret>/", views.prove, name="prove"),
    path("sessions/<int:pk>/fermer/", views.close_one, name="close"),
    path("sessions/fermer/", views.close_all, name="close_others"),
    path("alertes/", views.alerts, name="alerts"),
]
