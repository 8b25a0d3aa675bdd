/// A metric's name, kind and help text.
package struct Metric: Sendable {
    package enum Kind: String, Sendable { case counter, gauge, histogram }
    package let name: String
    package let kind: Kind
    package let help: String

    init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }
}

/// All metrics, in the order of the page. No other file spells the name of one.
package enum MetricNames {
    package static let requests = Metric(
        "gateway_requests_total", .counter, "Requests whose answer has ended, by route and class of status.")
    package static let durations = Metric(
        "gateway_request_duration_seconds", .histogram,
        "Seconds from the first byte of a request's head to the last byte of its answer, by route.")
    package static let activeConnections = Metric(
        "gateway_active_connections", .gauge, "Client connections that are open.")
    package static let connectionsAccepted = Metric(
        "gateway_connections_total", .counter, "Client connections accepted.")
    package static let connectionsRefused = Metric(
        "gateway_connections_refused_total", .counter, "Client connections closed at once because of a limit.")
    package static let proxyHeadersRefused = Metric(
        "gateway_proxy_headers_refused_total", .counter,
        "Connections closed because their PROXY header was wrong, late, or from somebody who may not send one.")
    package static let preflights = Metric(
        "gateway_cors_preflights_total", .counter, "Questions of browsers in advance that were answered, by result.")
    package static let overloadLevel = Metric(
        "gateway_overload_level", .gauge,
        "What is turned away: 0 nothing, 1 what is less than normal, 2 normal too, 3 all but the most urgent.")
    package static let overloadReason = Metric(
        "gateway_overload_reason", .gauge, "1 for the resource that the level is for.")
    package static let overloadShed = Metric(
        "gateway_overload_shed_total", .counter, "Requests turned away, by the level at which they were.")
    package static let overloadIdleClosed = Metric(
        "gateway_overload_idle_closed_total", .counter, "Idle client connections closed to make room.")
    package static let overloadAcceptPauses = Metric(
        "gateway_overload_accept_pauses_total", .counter,
        "Times that no client was accepted for a while, for want of descriptors.")
    package static let memoryLimit = Metric(
        "gateway_memory_limit_bytes", .gauge, "Memory that the process may use, configured or of its group; 0 is no limit.")
    package static let descriptors = Metric("gateway_descriptors", .gauge, "Descriptors that are open.")
    package static let descriptorLimit = Metric(
        "gateway_descriptor_limit", .gauge, "Descriptors that may be open; 0 is no limit.")
    package static let loopLag = Metric(
        "gateway_loop_lag_seconds", .gauge, "Seconds by which the latest event loop is late.")
    package static let activeExchanges = Metric(
        "gateway_active_requests", .gauge, "Requests between their head and the end of their answer.")
    package static let activeTunnels = Metric(
        "gateway_active_tunnels", .gauge, "Upgraded connections that are open.")
    package static let tunnelsOpened = Metric(
        "gateway_tunnels_total", .counter, "Upgrades that became a tunnel.")
    package static let bytesIn = Metric(
        "gateway_received_bytes_total", .counter, "Bytes read from clients.")
    package static let bytesOut = Metric(
        "gateway_sent_bytes_total", .counter, "Bytes written to clients.")
    package static let errors = Metric(
        "gateway_error_total", .counter, "Answers that the proxy made itself because of a failure, by kind.")

    package static let agentUp = Metric(
        "gateway_agent_up", .gauge, "1 where health checks pass or have not failed yet, else 0.")
    package static let agentAvailable = Metric(
        "gateway_agent_available", .gauge, "1 where the agent gets new requests: up, not ejected, not drained; else 0.")
    package static let agentInFlight = Metric(
        "gateway_agent_in_flight", .gauge, "Requests that the agent is serving.")
    package static let agentWeight = Metric("gateway_agent_weight", .gauge, "The agent's configured weight.")
    package static let agentEjections = Metric(
        "gateway_agent_ejections_total", .counter, "Times the agent's breaker has opened.")
    package static let agentRequests = Metric(
        "gateway_agent_requests_total", .counter, "Attempts sent to the agent.")
    package static let agentFailures = Metric(
        "gateway_agent_failures_total", .counter, "Attempts that failed at the agent.")
    package static let agentRetries = Metric(
        "gateway_agent_retries_total", .counter, "Attempts that were a further try of an exchange.")
    package static let agentScore = Metric(
        "gateway_agent_score", .gauge,
        "What a further request would cost at the agent, in seconds of expected time; adaptive takes the lowest.")
    package static let agentEffectiveWeight = Metric(
        "gateway_agent_effective_weight", .gauge,
        "What slow start and its reports leave of the agent's weight, set by hand or configured.")
    package static let agentSlowStart = Metric(
        "gateway_agent_slow_start", .gauge, "The part of its share that the agent may have, 0 to 1; 1 but for a while.")
    package static let agentBreakerState = Metric(
        "gateway_agent_breaker_state", .gauge, "The agent's circuit breaker: 0 closed, 1 half-open, 2 open.")
    package static let agentFirstByte = Metric(
        "gateway_agent_first_byte_seconds", .gauge, "Seconds to the first byte of the agent's answers, averaged.")
    package static let agentService = Metric(
        "gateway_agent_service_seconds", .gauge, "The same with the load at the requests' start divided out.")
    package static let agentErrorRate = Metric(
        "gateway_agent_error_rate", .gauge, "The share of attempts that failed or were refused of late, 0 to 1.")
    package static let agentMetric = Metric(
        "gateway_agent_metric", .gauge, "What the agent reported of its load and is not stale, by metric.")
    package static let retries = Metric(
        "gateway_retries_total", .counter, "Repetitions that a pool's budget paid for, by pool.")
    package static let retriesExhausted = Metric(
        "gateway_retry_budget_exhausted_total", .counter,
        "Failures that were not repeated because the pool's budget had no room, by pool.")
    package static let hedges = Metric(
        "gateway_hedges_total", .counter, "Requests that were sent to a second agent while the first was slow, by pool."
    )
    package static let hedgesWon = Metric(
        "gateway_hedges_won_total", .counter, "Of those, the ones that the second agent answered first, by pool.")
    package static let agentLimit = Metric(
        "gateway_agent_concurrency_limit", .gauge,
        "Requests that the agent is given at once, as its answers have shown.")
    package static let queueWaiting = Metric(
        "gateway_queue_waiting", .gauge, "Requests that wait for a place with an agent, by pool and level.")
    package static let queueWaits = Metric(
        "gateway_queue_wait_seconds", .histogram,
        "Seconds that requests waited until they had a place, by pool and level.")
    package static let queueRefused = Metric(
        "gateway_queue_refused_total", .counter,
        "Requests that were not let into a queue, or had to leave it, by pool and reason.")
    package static let agentConnectionsOpened = Metric(
        "gateway_agent_connections_opened_total", .counter, "Connections opened to the agent.")
    package static let agentConnectionsReused = Metric(
        "gateway_agent_connections_reused_total", .counter, "Attempts that went over a kept connection.")
    package static let agentConnections = Metric(
        "gateway_agent_connections", .gauge, "Connections to the agent that are open, kept ones included.")

    package static let cacheRequests = Metric(
        "gateway_cache_requests_total", .counter,
        "Requests that asked the cache, by layer and what it had; layer - is the cache as a whole.")
    package static let cacheHitRatio = Metric(
        "gateway_cache_hit_ratio", .gauge,
        "The share of those that were answered from there, since the start; layer - is the cache as a whole.")
    package static let cacheLookups = Metric(
        "gateway_cache_lookup_seconds", .histogram, "Seconds that a layer took to say what it has, by layer.")
    package static let cacheEntries = Metric("gateway_cache_entries", .gauge, "Answers that are kept, by layer.")
    package static let cacheBytes = Metric(
        "gateway_cache_bytes", .gauge, "Bytes that these take, with all that goes with them, by layer.")
    package static let cacheEvictions = Metric(
        "gateway_cache_evictions_total", .counter, "Answers that went because a layer was full, by layer.")
    package static let cacheCoalesced = Metric(
        "gateway_cache_coalesced_total", .counter, "Requests that waited for the fetch of another one like them.")
    package static let cacheStored = Metric(
        "gateway_cache_stored_total", .counter, "Answers of agents that were kept.")
    package static let cacheRefused = Metric(
        "gateway_cache_not_stored_total", .counter,
        "Answers of agents that were not kept although their rule has a cache, by reason.")
    package static let cacheShadow = Metric(
        "gateway_cache_shadow_total", .counter,
        "In shadow mode, answers of agents that were the same as what is kept, or were not, by result.")

    package static let cacheSimilar = Metric(
        "gateway_cache_similar_total", .counter,
        "Requests for which the answer to a similar one was kept, by result: they got it, or would have in shadow mode.")

    package static let semanticDecisions = Metric(
        "gateway_semantic_decisions_total", .counter,
        "Texts judged for semantic rules, by whose word it was: that of the built-in, or of a further tier.")
    package static let semanticUnanswered = Metric(
        "gateway_semantic_tier_unanswered_total", .counter,
        "Times that a further tier was asked and did not answer within the budget, so that the built-in's word stood.")
    package static let semanticUnknown = Metric(
        "gateway_semantic_unknown_total", .counter, "Texts that reached the threshold of no semantic rule.")
    package static let modelsChosen = Metric(
        "gateway_model_chosen_total", .counter, "Requests to which modelRouting or modelFallback gave a model.")
    package static let modelTries = Metric(
        "gateway_model_fallback_total", .counter,
        "Times that a model gave no answer and was asked again, or the next one was, by step.")

    package static let auth = Metric(
        "gateway_auth_total", .counter,
        "Requests whose rule asks who they are from, by the kind of credential that decided and the result.")
    package static let authKeys = Metric(
        "gateway_auth_keys", .gauge, "Keys of an issuer of tokens that are in use, by issuer.")
    package static let authReads = Metric(
        "gateway_auth_key_reads_total", .counter, "Times that an issuer's keys were read, by issuer and result.")
    package static let authForward = Metric(
        "gateway_auth_forward_total", .counter,
        "Requests that the service of auth.forwardAuth decides, by where its word came from.")
    package static let authForwardKept = Metric(
        "gateway_auth_forward_kept", .gauge, "Answers of the service of auth.forwardAuth that are kept.")
    package static let limitChecked = Metric(
        "gateway_ratelimit_checked_total", .counter, "Requests that a limit was asked about, by policy.")
    package static let limitRefused = Metric(
        "gateway_ratelimit_refused_total", .counter, "Of these, those that it refused with 429, by policy.")
    package static let limitEvicted = Metric(
        "gateway_ratelimit_evicted_total", .counter,
        "Keys that were forgotten before their time because there were too many, by policy.")
    package static let limitRunning = Metric(
        "gateway_ratelimit_concurrent", .gauge, "Requests to models that are under way, by policy.")
    package static let limitRedisFailures = Metric(
        "gateway_ratelimit_redis_failures_total", .counter,
        "Times that the Redis of shared limits did not answer, so that the replica's own count decided.")
    package static let limitTokens = Metric(
        "gateway_ratelimit_tokens_total", .counter, "Tokens that answers of models have cost.")
    package static let limitTokensReserved = Metric(
        "gateway_ratelimit_tokens_reserved", .gauge, "Tokens that are set apart for requests that are under way.")

    package static let discoveryAgents = Metric(
        "gateway_discovery_agents", .gauge, "Agents that a source of discovery has told of, by source.")
    package static let discoveryErrors = Metric(
        "gateway_discovery_errors_total", .counter, "Times that a source of discovery could not be asked, by source.")
    package static let discoverySuccess = Metric(
        "gateway_discovery_last_success_timestamp_seconds", .gauge,
        "When a source of discovery last told what it has, in seconds since 1970, by source; 0: never.")

    package static let accessLinesSampledOut = Metric(
        "gateway_access_lines_sampled_out_total", .counter, "Access lines that sampling left out.")
    package static let logLinesDropped = Metric(
        "gateway_log_lines_dropped_total", .counter, "Lines that could not be written to a log output in time.")
    package static let generation = Metric(
        "gateway_config_generation", .gauge, "The number of the configuration that runs.")
    package static let generationExchanges = Metric(
        "gateway_generation_exchanges", .gauge,
        "Requests and tunnels that are open, by the number of the configuration under which they began.")
    package static let reloads = Metric(
        "gateway_config_reloads_total", .counter, "Changes of configuration while running, by result.")
    package static let reloadSucceeded = Metric(
        "gateway_config_last_reload_successful", .gauge, "1 where the last change of configuration was taken, else 0.")
    package static let draining = Metric("gateway_draining", .gauge, "1 while the proxy is stopping, else 0.")
    package static let loops = Metric("gateway_event_loops", .gauge, "Event loops.")
    package static let build = Metric("gateway_build_info", .gauge, "1, with the version as a label.")
    package static let startTime = Metric(
        "process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.")
    package static let residentMemory = Metric(
        "process_resident_memory_bytes", .gauge, "Memory of the process that is resident.")
}
