"""Addresses of reviews."""

from django.urls import path

from reviews.views import adjudicate, queue

app_name = "reviews"
urlpatterns = [
    path("qa/queue/", queue.queue, name="queue"),
    path("qa/tasks/<uuid:public_id>/", adjudicate.adjudicate_one, name="adjudicate"),
    path("qa/tasks/<uuid:public_id>/hold/", queue.hold_one, name="hold"),
    path("qa/tasks/<uuid:public_id>/hand-back/", queue.hand_one_back, name="hand_back"),
]
