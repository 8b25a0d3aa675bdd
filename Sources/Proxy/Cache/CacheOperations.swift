package import Cache
package import Telemetry

/// What operators do with what is kept: look at it, remove it, fill it. The methods `cache.*` of the admin listener,
/// the page of metrics and the method PURGE ask for it. Called on any thread.
package protocol CacheOperations: Sendable {
    /// The layers in force, first asked first; none: there is no cache.
    var layers: [CacheLayerFacts] { get }
    /// What goes on at the moment.
    var activity: CacheActivity { get }
    /// Entries that are meant, the most at most, in the order of the layers. Layers that answer later are asked too.
    func find(_ selection: CacheSelection, most: Int) async -> [CacheEntryFacts]
    /// Removes what is meant, here and on all replicas; `soft`: keeps it, to be given stale while it is fetched anew.
    /// Ends when no replica that can be reached gives it any more.
    func remove(_ selection: CacheSelection, soft: Bool) async -> CacheRemoval
    /// Fetches an address as a client without credentials would.
    func warm(_ address: CacheAddress) async -> CacheWarming
}

/// One layer, as it is now.
package struct CacheLayerFacts: Sendable, Equatable {
    package var name: String
    package var type: CacheLayerKind
    /// The layer's index in `CounterLabels.layers`.
    package var label: Int
    /// Nil where the layer does not know: nobody counts what is in a Redis.
    package var entries: Int?
    package var bytes: Int?
    /// The bounds; nil where there are none.
    package var mostEntries: Int?
    package var mostBytes: Int?
    /// Entries that went for lack of room, since the start.
    package var evictions = 0
    /// Why the layer is of no use at the moment; nil where it is.
    package var trouble: String?

    package init(name: String, type: CacheLayerKind, label: Int) {
        self.name = name
        self.type = type
        self.label = label
    }

    /// For the page of metrics.
    package var gauge: CacheGauge {
        CacheGauge(layer: name, index: label, entries: entries, bytes: bytes, evictions: evictions)
    }
}

/// What the cache is doing.
package struct CacheActivity: Sendable, Equatable {
    /// Fetches under way.
    package var fills = 0
    /// Requests that wait for those of others.
    package var waiting = 0
    /// The number of purges that replicas agree on; nil without a Redis.
    package var epoch: Int?

    package init(fills: Int = 0, waiting: Int = 0, epoch: Int? = nil) {
        self.fills = fills
        self.waiting = waiting
        self.epoch = epoch
    }
}

/// What became of a purge.
package struct CacheRemoval: Sendable, Equatable {
    package struct Row: Sendable, Equatable {
        package var layer: String
        /// Nil where the layer removes in the background and has not counted yet.
        package var removed: Int?

        package init(layer: String, removed: Int?) {
            self.layer = layer
            self.removed = removed
        }
    }

    package var rows: [Row] = []
    /// Replicas that were told; nil where there is no Redis to tell them by.
    package var replicas: Int?
    /// What could not be done, one sentence each.
    package var warnings: [String] = []

    package init() {}
}

/// What became of an address that was to be fetched.
package struct CacheWarming: Sendable, Equatable {
    package var address: CacheAddress
    /// Of the answer; nil where there was none.
    package var status: Int?
    package var isStored: Bool
    /// Why it was not kept, or not fetched.
    package var reason: String?

    package init(_ address: CacheAddress, status: Int? = nil, isStored: Bool, reason: String? = nil) {
        self.address = address
        self.status = status
        self.isStored = isStored
        self.reason = reason
    }
}
