"""The addresses of a sign-in from outside. Their names are those that allauth looks for; its other pages
(sign-up, connections, passwords) have none."""

from django.urls import path

from butrt.base.accounts.outside import views, views_cas, views_oidc, views_saml

urlpatterns = [
    path("de-nouveau/", views.prove_again, name="prove_again"),
    path("<slug:way>/", views.start, name="sign_in_by"),
    path("cas/retour/", views_cas.callback, name="cas_callback"),
    path("<slug:provider_id>/code/", views_oidc.callback, name="openid_connect_callback"),
    path("<slug:organization_slug>/metadonnees/", views_saml.metadata, name="saml_metadata"),
    path("<slug:organization_slug>/reponse/", views_saml.receive, name="saml_acs"),
    path("<slug:organization_slug>/reponse/suite/", views_saml.finish, name="saml_finish_acs"),
    path("<slug:organization_slug>/fin/", views_saml.logout, name="saml_sls"),
]
