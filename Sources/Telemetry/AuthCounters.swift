/// What one loop has counted of credentials: by kind, and what became of them. Touched on its loop only.
///
/// Invariant: `counts` has `kinds` groups of `results` numbers.
package final class AuthCounters {
    /// Names of the kinds and results, in the order of their indices.
    package let kinds: [String]
    package let results: [String]
    package private(set) var counts: [Int]

    package init(_ labels: CounterLabels) {
        kinds = labels.authKinds
        results = labels.authResults
        counts = Array(repeating: 0, count: kinds.count * results.count)
    }

    package func add(kind: Int, result: Int) {
        let slot = kind &* results.count &+ result
        guard counts.indices.contains(slot) else { return }
        counts[slot] &+= 1
    }
}

/// What the page of metrics tells of one issuer of tokens.
package struct IssuerGauge: Sendable {
    package var issuer: String
    package var keys: Int
    package var reads: Int
    package var failures: Int

    package init(issuer: String, keys: Int, reads: Int, failures: Int) {
        self.issuer = issuer
        self.keys = keys
        self.reads = reads
        self.failures = failures
    }
}

/// What the page of metrics tells of the service of `auth.forwardAuth`.
package struct ForwardGauge: Sendable {
    /// By result.
    package var asked: [(result: String, count: Int)]
    package var kept: Int

    package init(asked: [(result: String, count: Int)], kept: Int) {
        self.asked = asked
        self.kept = kept
    }
}

extension MetricsPage {
    /// Credentials, and the keys of issuers; without any there are no lines.
    static func writeAuth(
        _ sum: Snapshot, _ issuers: [IssuerGauge], _ forward: ForwardGauge?, to page: inout Exposition
    ) {
        if sum.auth.contains(where: { $0 > 0 }) {
            page.family(MetricNames.auth)
            let results = sum.labels.authResults
            for (slot, count) in sum.auth.enumerated() where count > 0 {
                let labels = [
                    ("kind", sum.labels.authKinds[slot / results.count]), ("result", results[slot % results.count]),
                ]
                page.sample(MetricNames.auth, labels, count)
            }
        }
        if let forward {
            page.family(MetricNames.authForward)
            for row in forward.asked { page.sample(MetricNames.authForward, [("result", row.result)], row.count) }
            page.family(MetricNames.authForwardKept)
            page.sample(MetricNames.authForwardKept, [], forward.kept)
        }
        guard !issuers.isEmpty else { return }
        page.family(MetricNames.authKeys)
        for issuer in issuers { page.sample(MetricNames.authKeys, [("issuer", issuer.issuer)], issuer.keys) }
        page.family(MetricNames.authReads)
        for issuer in issuers {
            page.sample(MetricNames.authReads, [("issuer", issuer.issuer), ("result", "read")], issuer.reads)
            page.sample(MetricNames.authReads, [("issuer", issuer.issuer), ("result", "failed")], issuer.failures)
        }
    }
}
