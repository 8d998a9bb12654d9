from django.urls import path

from . import views

app_name = "kpi"
urlpatterns = [
    path("", views.verdicts, name="verdicts"),
    path("periods/<int:pk>/", views.decide, name="decide"),
    path("verdicts/<int:pk>/correct/", views.correct, name="correct"),
]
