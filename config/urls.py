"""The only place where the apps meet by URL."""

from django.conf import settings
from django.urls import include, path

from accounts import views_style
from contracts.views import contract as contracts
from reports import selfcheck

OF_A_CONTRACT = [
    path("", include("contracts.urls")),
    path("cases/", include("cases.urls")),
    path("staffing/", include("staffing.urls")),
    path("kpi/", include("kpi.urls")),
    path("billing/", include("billing.urls")),
    path("reports/", include("reports.urls")),
]

urlpatterns = [
    path("", contracts.choose, name="home"),
    path("accounts/", include("accounts.urls")),
    path("memberships/", include("contracts.urls_memberships")),
    path("contracts/<slug:number>/", include(OF_A_CONTRACT)),
    path("language/", include("django.conf.urls.i18n")),
    path("healthz", selfcheck.healthz, name="healthz"),
]
if settings.DEBUG:
    urlpatterns.append(path("style/", views_style.style, name="style"))
