-- 0020: what a site asks of its devices, and keys for whoever checks what is stored.
--
-- Why a row for each change and not a column: what was asked when is part of what a recording is worth.
-- The last row of a site counts; without one, devices may open unsigned segments. Written by the owner
-- (deno task migrate), so that no service and no administrator's token can switch it off.
-- Why the scrubber reads keys: it checks the devices' signatures as well.

SET LOCAL ROLE wavekeep_owner;

CREATE TABLE wavekeep.site_rule (
  site_id int NOT NULL REFERENCES wavekeep.site,
  version int NOT NULL CHECK (version >= 1),
  -- A segment that is opened from now on is signed by a device's key.
  devices_must_sign boolean NOT NULL,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (site_id, version)
);

SELECT wavekeep.isolate_sites('wavekeep.site_rule'), wavekeep.make_append_only('wavekeep.site_rule');

GRANT SELECT ON wavekeep.site_rule TO wavekeep_writer;
GRANT SELECT ON wavekeep.device_key TO wavekeep_scrubber;
