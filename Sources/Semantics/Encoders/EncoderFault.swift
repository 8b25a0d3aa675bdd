/// Why an encoder cannot be opened, or cannot be used.
package struct EncoderFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file, or the part of it, that is not as it should be.
    package var place: String
    /// What was expected, what was found, what to do.
    package var message: String

    package init(_ place: String, _ message: String) {
        self.place = place
        self.message = message
    }

    package var description: String { "\(place): \(message)" }
}
