"""The program's pages, and two that go wrong."""

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts import views_style
from config.urls import urlpatterns as of_the_program


def break_down(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


def suspect(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("on purpose")


urlpatterns = [
    *of_the_program,
    path("breaks/", break_down),
    path("suspect/", suspect),
    path("style/", views_style.style, name="style"),  # there only with DEBUG
]
