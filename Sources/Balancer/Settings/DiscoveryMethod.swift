import Settings

/// Where the list of agents comes from.
package enum DiscoveryMethod: String, Variant {
    case `static`
    case dns
    case file
    case k8s

    package static var noun: String { "discovery method" }
    package static var spellings: [String: DiscoveryMethod] { ["kubernetes": .k8s] }
}
