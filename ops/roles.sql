-- The two roles and the database, for psql as a superuser. Every start runs it: what is
-- there stays, and the passwords become those of var/secrets.env.
-- `owner` owns everything and runs migrations; `program` owns nothing and gets its
-- rights from manage.py grant_program.
\set QUIET on
\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv program_password PROGRAM_PASSWORD

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY['owner', 'program']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE owner PASSWORD :'owner_password';
ALTER ROLE program PASSWORD :'program_password';

SELECT 'CREATE DATABASE contract OWNER owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'contract') \gexec
