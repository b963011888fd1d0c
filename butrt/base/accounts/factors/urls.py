from django.urls import path

from butrt.base.accounts.factors import views

app_name = "factors"
urlpatterns = [
    path("connexion/second-facteur/", views.ask, name="ask"),
    path("connexion/second-facteur/cle/", views.challenge, name="challenge"),
    path("mon-compte/second-facteur/", views.mine, name="mine"),
    path("mon-compte/second-facteur/application/", views.application, name="application"),
    path("mon-compte/second-facteur/cle/", views.key, name="key"),
    path("mon-compte/second-facteur/codes/", views.codes, name="codes"),
    path("mon-compte/second-facteur/<int:pk>/retirer/", views.remove, name="remove"),
]
