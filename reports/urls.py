from django.urls import path

from . import views

app_name = "reports"
urlpatterns = [
    path("home/", views.home, name="home"),
    path("", views.issues, name="issues"),
    path("preview/", views.preview, name="preview"),
    path("ask/", views.ask, name="ask"),
    path("schedule/", views.schedule, name="schedule"),
    path("<int:pk>/", views.issue, name="issue"),
    path("<int:pk>/xlsx/", views.workbook, name="workbook"),
    path("<int:pk>/pdf/", views.paper, name="paper"),
]
