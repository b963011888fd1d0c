from django.urls import path

from butrt.site.departments import views

app_name = "departments"
urlpatterns = [
    path("", views.departments, name="departments"),
    path("nouveau/", views.new, name="new"),
    path("<int:pk>/", views.department, name="department"),
    path("<int:pk>/administration/", views.administrator, name="administrator"),
    path("<int:pk>/administration/<int:account>/lien/", views.send_link, name="invite"),
    path("<int:pk>/administration/<int:account>/second-facteur/", views.remove_factor, name="remove_factor"),
]
