"""Routes of reviews under /api/v1/."""

from django.urls import path

from reviews import api

urlpatterns = [
    path("disagreements/", api.DisagreementsView.as_view(), name="api_disagreements"),
    path("disagreements/<uuid:public_id>/", api.DisagreementView.as_view(), name="api_disagreement"),
    path("disagreements/<uuid:public_id>/adjudicate/", api.AdjudicateView.as_view(), name="api_adjudicate"),
    path("record/", api.RecordView.as_view(), name="api_record"),
]
