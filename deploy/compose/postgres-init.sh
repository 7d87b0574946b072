#!/bin/sh
# Run once by the PostgreSQL image on an empty volume: roles, and two databases that only the owner may alter.
set -eu
for role in owner gateway console intake delivery records; do
    psql -v ON_ERROR_STOP=1 -U postgres -v name="tipline_$role" -v password="$(cat "/run/secrets/$role-password")" <<'SQL'
CREATE ROLE :"name" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
SQL
done
for store in main perishable; do
    psql -v ON_ERROR_STOP=1 -U postgres -c "CREATE DATABASE tipline_$store OWNER tipline_owner"
done
