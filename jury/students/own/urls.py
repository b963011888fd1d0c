from django.urls import path

from jury.students.own import views

app_name = "own"
urlpatterns = [
    path("", views.marks, name="marks"),
    path("<int:pk>/<slug:kind>.pdf", views.document, name="document"),
]
