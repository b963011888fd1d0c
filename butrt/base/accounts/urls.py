from django.urls import path

from butrt.base.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.people, name="people"),
    path("nouveau/", views.person, name="new_person"),
    path("jetons/", views.tokens, name="tokens"),
    path("jetons/<int:pk>/revoquer/", views.revoke, name="revoke_token"),
    path("<int:pk>/", views.person, name="person"),
    path("<int:pk>/lien/", views.invite, name="invite"),
]
