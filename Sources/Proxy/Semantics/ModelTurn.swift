internal import NIOCore
internal import Semantics

/// Which model an exchange asks, and which may be asked after it.
final class ModelTurn {
    /// As the body names it now.
    private(set) var model: String
    /// Nil where nobody stands in for it.
    var chain: FallbackChain?
    /// The rule's agents that serve each model of the chain; without one, nobody does.
    let plans: [String: Plan]
    /// The model is the proxy's choice, or another one's stand-in: the answer names it.
    private(set) var isOurs: Bool
    /// Where it stands in the body as it is held.
    private var places: [ModelPlace]

    init(_ model: String, isOurs: Bool, places: [ModelPlace], chain: FallbackChain?, plans: [String: Plan]) {
        self.model = model
        self.isOurs = isOurs
        self.places = places
        self.chain = chain
        self.plans = plans
    }

    /// Another model stands by, and somebody serves it.
    var hasNext: Bool { chain?.following.contains { plans[$0] != nil } == true }

    /// For another exchange with the same body.
    var copy: ModelTurn { ModelTurn(model, isOurs: isOurs, places: places, chain: chain, plans: plans) }

    /// The body with another model in it, the rest as it was.
    func name(_ model: String, in body: ByteBuffer, _ loop: Loop) -> ByteBuffer {
        self.model = model
        isOurs = true
        let edits = places.map { ModelEdit.replacing($0, with: model) }
        var named = loop.eventLoop.newBuffer(capacity: body.readableBytes + ModelEdit.growth(edits))
        var at = 0
        var moved: [ModelPlace] = []
        body.withUnsafeReadableBytes { bytes in
            for (edit, place) in zip(edits, places) where edit.range.lowerBound >= at && edit.range.upperBound <= bytes.count {
                named.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[at..<edit.range.lowerBound]))
                let start = named.writerIndex
                named.writeBytes(edit.bytes)
                at = edit.range.upperBound
                moved.append(Self.moved(place, to: start..<named.writerIndex))
            }
            named.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[at...]))
        }
        places = moved
        return named
    }

    /// Where the model's string stands among what an edit wrote.
    private static func moved(_ place: ModelPlace, to written: Range<Int>) -> ModelPlace {
        guard case .absent(_, let isEmptyObject) = place else { return .string(value: [], range: written) }
        // `"model":` before it, and a comma behind it where more follows
        return .string(value: [], range: (written.lowerBound + 8)..<(written.upperBound - (isEmptyObject ? 0 : 1)))
    }

    /// For the answer, which names the model that gave it.
    var field: [UInt8] {
        guard isOurs else { return [] }
        return "X-ClawProxy-Model: ".utf8 + model.utf8.map { $0 >= 0x20 && $0 != 0x7f ? $0 : 0x3f } + [0x0d, 0x0a]
    }
}
