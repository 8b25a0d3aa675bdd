/// What a part of a key tells of the request. The numbers stand in keys that other processes read: never use one again.
package enum KeyPart: UInt8, Sendable, CaseIterable {
    case scheme = 1
    case authority = 2
    case path = 3
    /// With what follows the `?`; absent where there is no `?`, empty where nothing follows it.
    case query = 4
    case rule = 5
    case target = 6
    case tenant = 7
    case model = 8
    /// A chosen header field: name, `:`, value.
    case field = 9
    /// The canonical body, or its digest.
    case body = 10
    case strategy = 11
    case isStream = 12
    /// Credentials that a rule gives leave to key by.
    case credentials = 13
}
