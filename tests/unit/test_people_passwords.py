from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from cloud.people import service as people

PASSWORD = "four words do well"


def test_a_password_is_kept_as_slow_to_guess_as_rfc_9106_asks():
    assert extract_parameters(people.hash_password(PASSWORD)) == RFC_9106_LOW_MEMORY


def test_an_account_that_does_not_exist_is_compared_as_slowly_as_one_that_does():
    hasher = PasswordHasher(time_cost=2, memory_cost=64, parallelism=2)

    assert extract_parameters(people.of_nobody(hasher)) == extract_parameters(hasher.hash(PASSWORD))
    assert people.of_nobody(hasher) != people.of_nobody(hasher)


def test_no_password_fits_nobody():
    assert not people.password_fits(None, PASSWORD)
    assert not people.password_fits(None, "")
