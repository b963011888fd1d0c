from django.urls import path

from butrt.base.accounts import views
from butrt.base.accounts.factors.views_administrator import remove_factor

app_name = "accounts"
urlpatterns = [
    path("", views.people, name="people"),
    path("nouveau/", views.person, name="new_person"),
    path("jetons/", views.tokens, name="tokens"),
    path("jetons/<int:pk>/revoquer/", views.revoke, name="revoke_token"),
    path("<int:pk>/", views.person, name="person"),
    path("<int:pk>/lien/", views.invite, name="invite"),
    path("<int:pk>/second-facteur/", remove_factor, name="remove_factor"),
]
