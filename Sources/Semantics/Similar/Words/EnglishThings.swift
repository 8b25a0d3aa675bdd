/// More English words that say the same: what is named, how it is, and what is done to it.
enum EnglishThings {
    static let text = """
        airplane, plane, aeroplane, aircraft, jet
        autumn, fall season, the fall, in the fall, in fall
        bicycle, bike, cycle
        motorcycle, motorbike
        truck, lorry
        subway, metro, underground
        apartment, flat
        elevator, lift
        gas station, petrol station
        sneakers, trainers, running shoes, sports shoes
        pants, trousers
        sweater, jumper, pullover
        fridge, refrigerator
        freezer, deep freezer
        stove, cooktop, hob
        tap, faucet
        couch, sofa
        trash, garbage, rubbish, waste
        garbage can, trash can, bin, dustbin
        tv, television
        laptop, notebook computer
        wifi, wi-fi, wireless network
        screenshot, screen capture
        website, site, web page, webpage
        webcam, web camera
        grammar mistake, grammatical error, grammatical mistake
        mistake, error
        answer, reply, response
        question, query
        subject, topic
        opinion, view, viewpoint
        fight, argue, quarrel, argument
        big city, metropolis
        village, hamlet
        street, road
        field, meadow
        ocean, sea
        forest, woods
        rock, stone
        bug bite, insect bite, mosquito bite
        headache, head pain
        stomachache, stomach pain, upset stomach, tummy ache
        flu, influenza
        cold, common cold
        high blood pressure, hypertension
        heart attack, cardiac arrest
        cancer, malignant tumor
        diet, eating plan, nutrition plan
        workout routine, exercise routine, training plan, workout plan, exercise plan, training routine
        belly fat, stomach fat
        vegetarian, meat-free, meatless
        dessert, sweet dish
        appetizer, starter
        leftovers, leftover food
        grocery, groceries, food shopping
        lawyer, solicitor
        police officer, cop, policeman
        teenager, teen, adolescent
        toddler, small child, young child
        grandparents, grandpa and grandma
        roommate, flatmate
        girlfriend, partner
        neighbour, neighbor
        friend, buddy, pal
        stranger, unknown person
        loan, credit
        mortgage, home loan
        savings account, deposit account
        stock market, share market
        stock, share
        retirement, pension
        insurance policy, insurance plan, insurance
        income, earnings
        expense, spending, expenditure
        bill, invoice
        receipt, proof of purchase
        discount, price cut, rebate
        coupon, voucher
        warranty, guarantee
        deadline, due date
        task, assignment
        homework, school assignment
        scholarship, student grant
        university, college
        class, course
        lecture, talk
        thesis, dissertation
        bookshelf, bookcase
        novel, fiction book
        newspaper, daily paper
        magazine, periodical
        film director, movie director
        actor, performer
        band, music group
        show, series, tv series, tv show
        game, match
        puzzle, brain teaser
        riddle, brainteaser
        coach, trainer
        champion, title holder
        competition, contest
        stay, last, remain, keep fresh, stay fresh, stay good
        store food, keep food
        boost, raise, improve, increase
        drop, delete, remove
        discard, throw away, throw out, get rid of
        resize, change the size of, scale
        rename, change the name of
        copy, duplicate
        move, relocate
        search, look for, find
        look up, search for
        watch, view
        listen to, hear
        compare, contrast
        evaluate, assess, judge
        measure, gauge
        estimate, guess
        examine, inspect, check
        observe, notice
        describe, portray
        join, participate in, take part in
        attend, go to
        leave, depart from
        arrive, reach, get to
        wait, hold on
        rest, take a break
        decorate, adorn
        design, lay out
        paint, colour
        sew, stitch
        wipe, clean off
        vacuum, hoover
        iron, press clothes
        whiten, make white, bleach
        dry, get dry
        heat, warm, warm up
        cool, chill
        thaw, defrost
        reheat, warm up again
        chop, cut up, dice
        peel, skin
        mix, stir, blend
        season, flavor
        pack, prepare luggage
        download, pull down
        compile, build
        debug, find the bug in
        deploy, roll out
        refactor, restructure
        initialize, init, set up
        declare, define
        call, invoke
        handle, catch
        throw an exception, raise an exception
        concatenate, join, combine
        filter, select
        print, output, write out
        format, lay out
        encrypt, cipher
        log, record
        monitor, keep an eye on
        test, try out
        host, serve
        overcome, get over, beat, conquer, defeat
        cope with, deal with, handle, manage
        encourage, motivate
        impress, make a good impression on
        flirt, hit on
        ask out, invite on a date
        break up with, end things with, end a relationship with
        propose to, ask to marry
        forgive, pardon
        lie, tell a lie
        cheat, be unfaithful
        hurt, harm, injure, damage
        heal, recover, get better
        bleed, lose blood
        cough, coughing
        sneeze, sneezing
        snore, snoring
        itch, be itchy
        swell, swollen
        bloated, bloating
        nauseous, nausea
        dizzy, dizziness
        thirsty, thirst
        hungry, hunger
        lonely, loneliness
        shy, shyness
        nervous, anxious, anxiety
        stressed, under stress
        bored, boredom
        confident, self-confidence, confidence
        lazy, laziness
        rude, impolite, disrespectful
        polite, courteous, respectful
        brave, courageous
        honest, truthful
        strange, odd, weird, unusual
        boring, dull
        interesting, fascinating
        amazing, awesome, incredible
        delicious, tasty, yummy
        disgusting, gross
        noisy, loud
        crowded, packed
        busy, occupied
        free, without charge, at no cost, for free, free of charge
        necessary, needed, required
        enough, sufficient
        whole, entire, complete
        modern, contemporary
        ancient, very old
        well known, famous
        """
}
