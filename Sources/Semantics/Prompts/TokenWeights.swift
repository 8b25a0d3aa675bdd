/// What a step costs, in thousandths of a token.
enum TokenWeights {
    enum Row: String, CaseIterable, Sendable {
        case wordS, wordO, capS, capO, hump, caps, accent, lowerAfter, upperAfter, digit, space, newline
        case markFirst, markAfterSpace, markAfterWord, markAfterDigit, markAfterScript, markIn, markInSpaced
        case cyrillic, greek, arabic, hebrew, hangul, indic, han, kana3, sign3, wide3, other

        var count: Int {
            switch self {
            case .wordS, .wordO, .capS, .capO: 14
            case .lowerAfter, .upperAfter, .newline, .hump: 11
            case .caps, .greek, .hebrew, .kana3, .sign3, .wide3: 6
            case .accent, .digit: 4
            case .space, .arabic: 8
            case .markFirst, .markAfterSpace, .markAfterWord, .markAfterDigit, .markAfterScript, .cyrillic: 10
            case .markIn, .markInSpaced: 40
            case .hangul: 3
            case .indic: 2
            case .han: 12
            case .other: 5
            }
        }
    }

    /// Fitted by least squares to counts of cl100k_base over prose in some 30 languages, chat, source code and JSON
    /// (manual pages, this project's own files, interface texts, labelled prompts). No weight says anything alone.
    static let thousandths: [Row: [Int]] = [
        .wordS: [0, 0, 0, 263, 389, 0, 0, 0, 230, 194, 647, 391, 189, 1302],
        .wordO: [0, 0, 0, 0, 0, 0, 0, 167, 213, 280, 255, 253, 39, 598],
        .capS: [263, 132, 38, 0, 117, 0, 158, 184, 302, 223, 325, 412, 354, 748],
        .capO: [0, 34, 71, 283, 590, 257, 194, 513, 506, 396, 461, 403, 386, 676],
        .hump: [974, 811, 0, 28, 0, 0, 0, 0, 0, 37, 0],
        .caps: [400, 0, 0, 8, 0, 298],
        .accent: [1969, 592, 1164, 1006],
        .lowerAfter: [695, 846, 700, 700, 692, 1000, 1284, 2023, 1224, 700, 713],
        .upperAfter: [723, 1137, 700, 700, 813, 868, 778, 1064, 722, 700, 302],
        .digit: [214, 394, 1453, 1236],
        .space: [1213, 1, 0, 757, 1264, 0, 810, 1575],
        .newline: [755, 0, 605, 402, 1289, 304, 348, 224, 525, 1104, 1221],
        .markFirst: [502, 678, 0, 742, 331, 600, 587, 651, 755, 0],
        .markAfterSpace: [337, 578, 145, 88, 82, 160, 467, 219, 635, 0],
        .markAfterWord: [377, 642, 594, 858, 50, 231, 476, 555, 762, 171],
        .markAfterDigit: [739, 731, 706, 490, 766, 436, 628, 649, 909, 674],
        .markAfterScript: [179, 520, 992, 1021, 658, 796, 725, 1137, 886, 668],
        .markIn: [
            0, 453, 0, 149, 501, 340, 130, 184, 0, 249,
            471, 514, 690, 157, 0, 208, 393, 179, 113, 210,
            235, 402, 618, 217, 181, 210, 179, 246, 229, 417,
            277, 431, 0, 217, 268, 145, 223, 196, 271, 484,
        ],
        .markInSpaced: [
            36, 181, 0, 189, 17, 24, 218, 0, 395, 148,
            586, 238, 1309, 202, 15, 173, 192, 281, 212, 95,
            267, 295, 247, 169, 200, 196, 216, 99, 238, 235,
            36, 470, 32, 192, 248, 123, 218, 227, 207, 246,
        ],
        .cyrillic: [619, 774, 648, 304, 0, 0, 498, 578, 519, 0],
        .greek: [971, 964, 955, 943, 931, 917],
        .arabic: [725, 700, 689, 699, 714, 745, 793, 839],
        .hebrew: [910, 899, 917, 919, 889, 924],
        .hangul: [885, 875, 1116],
        .indic: [1594, 874],
        .han: [1001, 1092, 1142, 1852, 1190, 1768, 0, 929, 1301, 965, 1333, 2642],
        .kana3: [1609, 745, 958, 983, 1054, 1000],
        .sign3: [907, 1001, 1002, 1000, 972, 1000],
        .wide3: [1000, 1000, 1000, 1000, 1025, 1694],
        .other: [1497, 1177, 1504, 1500, 1501],
    ]
}
