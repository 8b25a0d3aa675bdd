/// Why an agent's answer is not kept, whatever its head allows.
package enum NotKept: String, Sendable, Hashable, CaseIterable {
    /// Not 200: an agent's answer is never partial, empty or to be had later.
    case status
    /// Neither JSON nor an event stream.
    case contentType = "content-type"
    /// An event stream for who wanted a whole answer, or the other way round.
    case form
    /// Not what its content type says.
    case invalid
    /// It tells of an error, though its status does not.
    case failed
    /// Its end is missing.
    case incomplete
    /// It stopped at a limit of tokens. The same request would get the same stump for as long as it is kept, while the
    /// limit may have been the server's and is gone by the next try.
    case cut
    /// A filter or a refusal took its place, which is a judgement of the moment.
    case filtered
    /// It calls a tool.
    case tools

    /// For metrics and logs.
    package var word: String { rawValue }
}
