from django.urls import path

from .views import memberships as views

app_name = "memberships"
urlpatterns = [
    path("", views.memberships, name="list"),
    path("grant/", views.grant, name="grant"),
    path("<int:pk>/", views.membership, name="membership"),
    path("<int:pk>/change/", views.change, name="change"),
    path("<int:pk>/revoke/", views.revoke, name="revoke"),
]
