"""Doors for files."""

from django.urls import path

from apps.conversations import views

urlpatterns = [
    path("widget/pictures/<uuid:file_id>/", views.public_picture, name="public_picture"),
    path("widget/<str:public_key>/files/", views.customer_upload, name="customer_upload"),
    path("widget/<str:public_key>/files/<uuid:file_id>/", views.customer_file, name="customer_file"),
    path("widget/<str:public_key>/files/<uuid:file_id>/link/", views.customer_link, name="customer_link"),
    path("files/<int:visitor_id>/<str:token>/", views.linked_file, name="linked_file"),
    path("workspace/files/", views.staff_upload, name="staff_upload"),
    path("workspace/files/<uuid:file_id>/", views.staff_file, name="staff_file"),
]
