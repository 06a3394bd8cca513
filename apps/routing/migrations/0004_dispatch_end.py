from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0003_continuing"),
    ]

    operations = [
        # The last pass of the dispatcher whose work is committed. It was a sequence, which is seen before the commit.
        migrations.RunSQL(
            """
            CREATE TABLE routing_dispatch_end (
                one boolean PRIMARY KEY DEFAULT true CHECK (one),
                number bigint NOT NULL
            );
            INSERT INTO routing_dispatch_end (number) SELECT last_value FROM routing_dispatch_done;
            DROP SEQUENCE routing_dispatch_done;
            """,
            """
            CREATE SEQUENCE routing_dispatch_done MINVALUE 0 START 0;
            DROP TABLE routing_dispatch_end;
            """,
        ),
    ]
