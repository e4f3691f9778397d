-- The evidence as geometry, for looking at it with PostGIS; the bytes in wkb stay what was recorded.
CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;
ALTER TABLE parcel ADD COLUMN geom public.geometry
  GENERATED ALWAYS AS (CASE WHEN octet_length(wkb) > 0 THEN public.ST_GeomFromWKB(wkb, srid::integer) END) STORED;
CREATE INDEX parcel_geom ON parcel USING gist (geom);
