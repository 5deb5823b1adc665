/**
 * Layer 6. What every service is made of: configuration, log, HTTP, database. Servers only.
 *
 * @module
 */
export * from "./access.ts";
export * from "./access_ledger.ts";
export * from "./access_log.ts";
export { postgresApiKeyStore } from "./api_key_store.ts";
export * from "./authenticate.ts";
export * from "./backoff.ts";
export * from "./body_limit.ts";
export * from "./client_address.ts";
export * from "./client_gone.ts";
export { requireContentDigest } from "./content_digest.ts";
export * from "./context.ts";
export { urlsOfHosts } from "./database_hosts.ts";
export * from "./cors.ts";
export * from "./database_probe.ts";
export * from "./docs.ts";
export * from "./durability.ts";
export * from "./edge.ts";
export * from "./embedded_postgres.ts";
export * from "./health.ts";
export * from "./incoming_body.ts";
export * from "./json_log.ts";
export * from "./loopback.ts";
export * from "./machine_access.ts";
export { memoryRateStore } from "./memory_rate_store.ts";
export * from "./login_roles.ts";
export * from "./metrics.ts";
export * from "./open_rate_limits.ts";
export * from "./parse_config.ts";
export { plainJson, plainResponse, type PlainResponseInit } from "./plain_response.ts";
export * from "./postgres.ts";
export * from "./prepared.ts";
export * from "./problem_handler.ts";
export { postgresRateStore } from "./postgres_rate_store.ts";
export { requireAdmitted } from "./rate_headers.ts";
export * from "./rate_limits.ts";
export * from "./rate_rules.ts";
export * from "./record_outcomes.ts";
export * from "./request_id.ts";
export * from "./revocations.ts";
export type { RawFields } from "./raw_rows.ts";
export * from "./route_guard.ts";
export * from "./route_table.ts";
export * from "./run_service.ts";
export * from "./schema_version.ts";
export * from "./secret.ts";
export * from "./serve.ts";
export * from "./service_metrics.ts";
export * from "./shutdown.ts";
export * from "./site_read.ts";
export { requestSpans } from "./telemetry.ts";
export * from "./tls_files.ts";
export * from "./weak_secrets.ts";
export * from "./truncated_address.ts";
export * from "./write_outcomes.ts";
