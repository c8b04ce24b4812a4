"""Addresses of reviews."""

from django.urls import path

from reviews.views import adjudicate, feedback, queue, record

app_name = "reviews"
urlpatterns = [
    path("qa/queue/", queue.queue, name="queue"),
    path("qa/tasks/<uuid:public_id>/", adjudicate.adjudicate_one, name="adjudicate"),
    path("qa/tasks/<uuid:public_id>/hold/", queue.hold_one, name="hold"),
    path("qa/tasks/<uuid:public_id>/hand-back/", queue.hand_one_back, name="hand_back"),
    path("work/feedback/", feedback.feedback_list, name="feedback_list"),
    path("work/feedback/<uuid:public_id>/", feedback.feedback, name="feedback"),
    path("work/feedback/<uuid:public_id>/read/", feedback.feedback_read, name="feedback_read"),
    path("work/record/", record.record, name="record"),
    path("work/record/<uuid:public_id>/", record.record_entry, name="record_entry"),
    path("work/record/record.<str:ending>", record.record_file, name="record_file"),
]
