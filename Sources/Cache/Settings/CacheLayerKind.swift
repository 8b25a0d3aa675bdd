import Settings

/// Where a layer keeps answers.
package enum CacheLayerKind: String, Variant, Hashable {
    case memory
    case redis
    case disk

    package static var noun: String { "type of layer" }
    package static var spellings: [String: CacheLayerKind] { ["file": .disk] }
}
