"""Routes of exports under /api/v1/."""

from django.urls import path

from exports import api

urlpatterns = [
    path("exports/", api.ExportsView.as_view(), name="api_exports"),
    path("exports/<uuid:public_id>/", api.ExportView.as_view(), name="api_export"),
    path("exports/<uuid:public_id>/file/", api.ExportFileView.as_view(), name="api_export_file"),
]
