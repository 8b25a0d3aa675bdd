/// The unit in which a key takes a bare number.
package enum BareUnit: String, Sendable {
    /// None: a bare number has no meaning as a duration, and is bytes as a size.
    case none
    case seconds
    case milliseconds
    /// 10^6 bytes.
    case megabytes
}
