from django.urls import path

from . import views
from .steps import STEPS

app_name = "billing"
urlpatterns = [
    path("terminations/", views.terminations, name="terminations"),
    path("terminations/compute/", views.compute, name="compute"),
    path("terminations/new/", views.start, name="start"),
    path("terminations/<int:pk>/", views.show, name="termination"),
    path("terminations/<int:pk>/revise/", views.revise, name="revise"),
    *(
        path(
            f"terminations/<int:pk>/{step.name}/",
            views.step_view(step),
            name=step.name,
        )
        for step in STEPS
    ),
]
