/// The addresses of a host.
package struct ResolvedAddresses: Sendable, Equatable {
    /// In the order to try them in (RFC 6724), each once, never empty.
    package var addresses: [HostAddress]
    /// How long they hold. As it was told: may be zero, and may be a day.
    package var ttl: Duration
    /// Why addresses of the other family may be missing: that question had no answer. What was known of them still holds.
    package var missing: ResolveFailure?

    package init(_ addresses: [HostAddress], ttl: Duration, missing: ResolveFailure? = nil) {
        self.addresses = addresses
        self.ttl = ttl
        self.missing = missing
    }
}

/// A machine that offers a service, as an SRV record names it (RFC 2782).
package struct ResolvedService: Sendable, Equatable {
    package var target: String
    package var port: Int
    package var priority: Int
    package var weight: Int
    /// Empty where there are none; `failure` says why.
    package var addresses: [HostAddress]
    package var failure: ResolveFailure?

    package init(
        target: String, port: Int, priority: Int, weight: Int, addresses: [HostAddress],
        failure: ResolveFailure? = nil
    ) {
        self.target = target
        self.port = port
        self.priority = priority
        self.weight = weight
        self.addresses = addresses
        self.failure = failure
    }
}

/// The machines that offer a service, never empty, by priority, target and port.
package struct ResolvedServices: Sendable, Equatable {
    package var records: [ResolvedService]
    /// How long all of it holds.
    package var ttl: Duration

    package init(_ records: [ResolvedService], ttl: Duration) {
        self.records = records
        self.ttl = ttl
    }
}
