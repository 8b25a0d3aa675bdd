/// English verbs whose past is not made by `-ed`: what one does, then how it is told.
enum IrregularVerbs {
    static let text = """
        speak, spoke, spoken
        eat, ate, eaten
        drink, drank, drunk
        write, wrote, written
        make, made
        build, built
        break, broke, broken
        choose, chose, chosen
        grow, grew, grown
        give, gave, given
        take, took, taken
        know, knew, known
        see, saw, seen
        go, went, gone
        win, won
        lose, lost
        find, found
        teach, taught
        think, thought
        bring, brought
        catch, caught
        buy, bought
        sell, sold
        send, sent
        spend, spent
        keep, kept
        leave, left
        pay, paid
        feel, felt
        hold, held
        run, ran
        sing, sang, sung
        swim, swam, swum
        freeze, froze, frozen
        steal, stole, stolen
        drive, drove, driven
        draw, drew, drawn
        fly, flew, flown
        fall, fell, fallen
        forget, forgot, forgotten
        wear, wore, worn
        begin, began, begun
        become, became
        come, came
        do, did, done
        get, got, gotten
        hear, heard
        hide, hid, hidden
        learn, learnt
        lend, lent
        meet, met
        ride, rode, ridden
        rise, rose, risen
        say, said
        shake, shook, shaken
        shoot, shot
        sink, sank, sunk
        sleep, slept
        stand, stood
        tell, told
        throw, threw, thrown
        understand, understood
        wake, woke, woken
        bite, bit, bitten
        blow, blew, blown
        fight, fought
        hang, hung
        lead, led
        light, lit
        ring, rang, rung
        seek, sought
        spell, spelt
        strike, struck
        swear, swore, sworn
        tear, tore, torn
        """
}
