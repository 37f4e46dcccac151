from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0018_selection_and_audit'),
    ]

    operations = [
        migrations.RenameField(
            model_name='portfoliofile',
            old_name='content',
            new_name='packed',
        ),
        migrations.AlterField(
            model_name='portfoliofile',
            name='packed',
            field=models.BinaryField(verbose_name='contenu compressé'),
        ),
    ]
