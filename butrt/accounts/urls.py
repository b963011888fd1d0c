from django.urls import path

from butrt.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.people, name="people"),
    path("nouveau/", views.person, name="new_person"),
    path("<int:pk>/", views.person, name="person"),
]
