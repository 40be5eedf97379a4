from django.db import migrations, models

import mediastore.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200)),
                ("file", mediastore.fields.PrivateFileField(max_length=255, upload_to="gallery/documents/")),
                ("added", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ("-added", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200)),
                ("image", mediastore.fields.PictureField(max_length=255, upload_to="gallery/pictures/")),
                ("added", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ("-added", "-pk"),
            },
        ),
    ]
