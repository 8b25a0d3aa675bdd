/// A JSON document that can be written in many ways that mean the same.
indirect enum AgentDocument {
    case word(String), number(Int), text(String), list([AgentDocument]), object([(String, AgentDocument)])

    func written(_ dice: inout AgentDice) -> String {
        let blank = dice.pick(["", "", " ", "\n\t", "  "])
        switch self {
        case .word(let word): return blank + word
        case .number(let number):
            return blank + dice.pick(["\(number)", "\(number).0", "\(number)e0", "\(number)0e-1"])
        case .text(let text): return blank + Self.quoted(text, &dice)
        case .list(let values):
            let parts = values.map { $0.written(&dice) }
            return blank + "[" + parts.joined(separator: ",") + blank + "]"
        case .object(let members):
            let parts = members.shuffled(using: &dice).map { name, value in
                blank + Self.quoted(name, &dice) + blank + ":" + value.written(&dice)
            }
            return blank + "{" + parts.joined(separator: ",") + "}" + blank
        }
    }

    private static func quoted(_ text: String, _ dice: inout AgentDice) -> String {
        var quoted = "\""
        for unit in text.utf16 {
            let isPlain = unit < 0x80 && unit >= 0x20 && unit != 0x22 && unit != 0x5c
            if isPlain, dice.below(8) > 0, let scalar = Unicode.Scalar(unit) {
                quoted.unicodeScalars.append(scalar)
            } else {
                let digits = String(unit, radix: 16, uppercase: dice.below(2) == 0)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return quoted + "\""
    }
}
