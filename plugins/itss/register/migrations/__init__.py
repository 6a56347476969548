"""The register's migrations, found by Alembic as files; a package so that they are installed with it."""
