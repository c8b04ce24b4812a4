"""Addresses of rubrics."""

from django.urls import path

from rubrics.views import drafting, listing, versions

app_name = "rubrics"
one = "manage/<slug:slug>/rubrics/<uuid:public_id>/"
urlpatterns = [
    path("manage/<slug:slug>/rubrics/", listing.rubrics, name="rubrics"),
    path("manage/<slug:slug>/rubrics/new/", listing.new, name="new"),
    path("manage/<slug:slug>/rubrics/new/<slug:start>/", listing.start, name="start"),
    path(one, listing.rubric, name="rubric"),
    path(f"{one}draft/", drafting.draft, name="draft"),
    path(f"{one}draft/begin/", listing.begin_draft, name="begin_draft"),
    path(f"{one}draft/preview/", drafting.preview, name="preview"),
    path(f"{one}draft/whole/", drafting.whole, name="whole"),
    path(f"{one}draft/replace/", drafting.replace, name="replace"),
    path(f"{one}draft/publish/", drafting.publish, name="publish"),
    path(f"{one}draft/discard/", drafting.discard, name="discard"),
    path(f"{one}<int:number>/", versions.version, name="version"),
    path(f"{one}<int:number>/compare/", versions.compare, name="compare"),
    path(f"{one}<int:number>/export.<str:file_format>", versions.export, name="export"),
    path(f"{one}<int:number>/retire/", versions.retire, name="retire"),
    path(f"{one}<int:number>/restore/", versions.restore, name="restore"),
]
