-- 0026: an administrator's page of the site tells rules and how many devices there are.
--
-- Why accounts reads keys of devices: they are public, and it counts them. No health data.

SET LOCAL ROLE wavekeep_owner;

GRANT SELECT ON wavekeep.site_rule, wavekeep.device_key, wavekeep.device_key_revocation
  TO wavekeep_accounts;
