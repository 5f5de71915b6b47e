from cloud import db
def test_x(database_url):
    e=db.engine(database_url)
    with db.reading(e) as s:
        import sqlalchemy as sa
        print(database_url, sa.inspect(e).get_table_names())
    e.dispose()
