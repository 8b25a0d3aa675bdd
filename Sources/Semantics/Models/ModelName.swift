internal import Settings

/// The name of a model as a body's `model` has it.
package enum ModelName {
    /// What a client writes that leaves the choice to the proxy.
    package static let auto = "auto"

    /// Whether a body's `model` leaves the choice to the proxy: it is absent (nil), or `auto` in any case. `null`, an
    /// empty string and whatever is no string go on as they are: the agent says itself what is wrong with them.
    package static func leavesChoice(_ model: [UInt8]?) -> Bool {
        guard let model else { return true }
        return model.count == 4 && model.elementsEqual(auto.utf8) { $0 | 0x20 == $1 }
    }

    /// What is wrong with a model that a configuration names; nil where nothing is.
    static func fault(_ name: String) -> String? {
        if name.isEmpty { return "must not be empty" }
        if leavesChoice(Array(name.utf8)) {
            return "\(Quoted.quote(name)) is what asks for a choice; expected the model that is chosen"
        }
        return nil
    }
}
