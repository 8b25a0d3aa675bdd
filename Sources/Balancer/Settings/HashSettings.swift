package import Settings

/// The key `loadBalancing.hash`: what the strategies `hash`, `rendezvous`, `ring` and `maglev` go by.
package struct HashSettings: Section {
    package var on = HashKey.address
    package var boundedLoad = Ratio(1.5)

    package init() {}

    package static let keys: [Key<HashSettings>] = [
        .value(
            "on", \.on,
            "`address` of the client, `host`, `path`, `header:NAME`, `cookie:NAME`, `query:NAME`, or `body:KEY`, a string "
                + "at the top of a JSON body; the address stands in where a request lacks it",
            check: { $0 == .response ? "response is a key of loadBalancing.affinity alone" : nil }),
        .value(
            "boundedLoad", \.boundedLoad,
            "an agent with more than this share of the mean in flight passes its keys on; 0: never",
            check: { $0.value == 0 || $0.value >= 1 ? nil : "expected 0, or at least 100%" }),
    ]
}
