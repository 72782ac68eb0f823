<?php
// Part of the agent, see ../agent.php: the verbs that look, and the one that spends.

$fusebox_agent->looks = new class( $fusebox_agent ) {
	const MAX_ROWS = 50;

	private $agent;

	public function __construct( $agent ) {
		$this->agent = $agent;
	}

	/** From options and files alone: right on a site whose plugins were not loaded, too. */
	public function status() {
		$options = $this->agent->site->options();
		$crm     = $this->agent->site->setting( $options, 'crm', null );
		$ours    = 'salesforce' === $crm;
		$mapped  = isset( $options['contact_fields'] ) ? count( $this->mapped( $options, true ) ) : 0;
		$status = array(
			'home_url'              => (string) home_url(),
			'blog_id'               => (int) get_current_blog_id(),
			'title'                 => wp_specialchars_decode( (string) get_option( 'blogname' ), ENT_QUOTES ),
			'wp_version'            => (string) $GLOBALS['wp_version'],
			'php_version'           => PHP_VERSION,
			'plugin'                => $this->agent->site->plugin_state(),
			'crm'                   => $crm,
			'connection_configured' => ! empty( $options['connection_configured'] ),
			'connection'            => $this->agent->site->connection( $options ),
			'object_type'           => $ours ? $this->agent->site->object_type( $options ) : null,
			'segment_type'          => $ours ? $this->agent->site->setting( $options, 'sf_tag_type', 'Topics' ) : null,
			'tags'                  => $ours ? $this->agent->site->stored_count( 'wpf_available_tags', false ) : null,
			'fields'                => $ours ? $this->agent->site->stored_count( 'wpf_crm_fields', true ) : null,
			'mapped_fields'         => $ours ? $mapped : null,
			'staging'               => $this->agent->site->staging( $options ),
			'cron'                  => $this->agent->site->cron(),
		);
		return $this->agent->good( $status );
	}

	public function log() {
		global $wpdb;
		$arguments = $this->agent->request['arguments'];
		if ( isset( $arguments['limit'] ) && ! $this->agent->within( $arguments, 'limit', 1, self::MAX_ROWS ) ) {
			return $this->agent->fail( 'bad_request', 'limit must lie in 1 to ' . self::MAX_ROWS . '.' );
		}
		$limit   = isset( $arguments['limit'] ) ? $arguments['limit'] : 20;
		$options = $this->agent->site->options();
		$table   = $wpdb->prefix . 'wpf_logging';
		$there   = $table === $wpdb->get_var( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( $table ) ) );
		$rows    = array();
		if ( $there ) {
			// The part after <hr> and the column `context` hold the refresh token and the client secret in clear text: they
			// are not even read.
			$sql   = "SELECT log_id, timestamp, level, source, LEFT(SUBSTRING_INDEX(message, '<hr>', 1), 4000) AS message FROM `$table` WHERE level >= 400 ORDER BY log_id DESC LIMIT %d";
			$found = $wpdb->get_results( $wpdb->prepare( $sql, $limit ), ARRAY_A );
			$rows  = array_values( array_filter( array_map( array( $this, 'log_row' ), (array) $found ) ) );
		}
		return $this->agent->good( array( 'enabled' => $there && ! empty( $options['enable_logging'] ), 'rows' => $rows ) );
	}

	private function log_row( $row ) {
		if ( ! preg_match( '/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/', (string) $row['timestamp'], $time ) ) {
			return null;
		}
		return array(
			'id'      => (int) $row['log_id'],
			'at'      => $time[1] . 'T' . $time[2] . 'Z',
			'level'   => (int) $row['level'],
			'source'  => $this->agent->site->text( $this->source( (string) $row['source'] ) ),
			'message' => $this->agent->site->text( preg_replace( '/<hr\b.*/is', '', (string) $row['message'] ) ),
		);
	}

	/** A plain word, or a serialized list of words; never an object brought to life. */
	private function source( $stored ) {
		if ( 0 !== strpos( $stored, 'a:' ) ) {
			return $stored;
		}
		$words = @unserialize( $stored, array( 'allowed_classes' => false ) );
		return is_array( $words ) ? implode( ', ', array_filter( $words, 'is_string' ) ) : '';
	}

	public function mapping() {
		$refusal = $this->agent->site->refusal( false );
		if ( null !== $refusal ) {
			return $refusal;
		}
		$options = $this->agent->site->options();
		return $this->agent->good(
			array(
				'mapped'      => $this->mapped( $options, false ),
				'required'    => $this->words( $options, 'required_fields' ),
				'read_only'   => $this->words( $options, 'read_only_fields' ),
				'contact_ids' => (object) $this->contact_ids(),
			)
		);
	}

	private function mapped( $options, $active_only ) {
		$mapped = array();
		$fields = isset( $options['contact_fields'] ) && is_array( $options['contact_fields'] ) ? $options['contact_fields'] : array();
		foreach ( $fields as $name => $field ) {
			$target = isset( $field['crm_field'] ) && is_string( $field['crm_field'] ) ? $field['crm_field'] : '';
			$active = ! empty( $field['active'] );
			if ( '' !== $target && ( $active || ! $active_only ) ) {
				$mapped[] = array( 'field' => (string) $name, 'crm_field' => $target, 'active' => $active );
			}
		}
		return $mapped;
	}

	public function words( $options, $name ) {
		$words = isset( $options[ $name ] ) && is_array( $options[ $name ] ) ? $options[ $name ] : array();
		return array_values( array_filter( $words, 'is_string' ) );
	}

	/** How many users hold a contact id of which kind: 003 a contact, 00Q a lead. No id itself. */
	private function contact_ids() {
		global $wpdb;
		$key   = defined( 'WPF_CONTACT_ID_META_KEY' ) ? WPF_CONTACT_ID_META_KEY : 'salesforce_contact_id';
		$sql   = "SELECT LEFT(meta_value, 3) AS prefix, COUNT(*) AS count FROM {$wpdb->usermeta} WHERE meta_key = %s AND meta_value <> '' GROUP BY LEFT(meta_value, 3) ORDER BY count DESC LIMIT 20";
		$found = array();
		foreach ( (array) $wpdb->get_results( $wpdb->prepare( $sql, $key ), ARRAY_A ) as $row ) {
			$prefix           = preg_match( '/^[A-Za-z0-9]{3}$/D', $row['prefix'] ) ? $row['prefix'] : 'other';
			$before           = isset( $found[ $prefix ] ) ? $found[ $prefix ] : 0;
			$found[ $prefix ] = $before + (int) $row['count'];
		}
		return $found;
	}

	/** One call with the session that is there. "true" of the plugin is not enough: it takes any page for a success. */
	public function prove() {
		$refusal = $this->agent->site->refusal( true );
		if ( null !== $refusal ) {
			return $refusal;
		}
		$this->agent->gate->withhold();
		$result = $this->agent->site->crm->connect( null, null, true );
		return $this->agent->good( $this->proof( $result ) );
	}

	/** What came of a call: the result that the plugin gave, and what was seen of the answer before it. */
	public function proof( $result ) {
		$text = is_wp_error( $result ) ? $result->get_error_message() : '';
		if ( $this->agent->gate->withheld > 0 ) {
			return $this->outcome( 'withheld', '' === $text ? 'The session had expired; refresh withheld' : $text );
		}
		if ( '' !== $this->agent->gate->limit ) {
			return $this->outcome( 'failed', $this->agent->gate->limit );
		}
		$code = null === $this->agent->gate->seen ? 0 : $this->agent->gate->seen['code'];
		$body = null === $this->agent->gate->seen ? null : json_decode( $this->agent->gate->seen['body'], true );
		if ( $this->agent->gate->spent && isset( $body['error'] ) ) {
			// The refresh that was let was refused, in the token endpoint's own form.
			return $this->outcome( 'refused', $text );
		}
		$shut = 401 === $code || 403 === $code;
		if ( $shut && isset( $body[0]['errorCode'] ) ) {
			return $this->outcome( 'refused', '' === $text ? "Salesforce answered $code, which the plugin took for a success." : $text );
		}
		// A 401 or 403 in another form is a proxy's or a hotel's, and no new authorization cures it.
		if ( ! $shut && is_wp_error( $result ) ) {
			return $this->outcome( 'failed', '' === $text ? (string) $result->get_error_code() : $text );
		}
		if ( 0 === $code ) {
			return $this->outcome( 'failed', 'The plugin made no call.' );
		}
		$bare = array() === $body && false !== strpos( $this->agent->gate->seen['body'], '{' );
		if ( $code < 200 || $code > 299 || ! is_array( $body ) || $bare ) {
			return $this->outcome( 'failed', "The instance's address answered $code with something that is not Salesforce's." );
		}
		return $this->outcome( 'good', '' );
	}

	private function outcome( $outcome, $text ) {
		return array( 'outcome' => $outcome, 'text' => $this->agent->site->text( $text ) );
	}

	public function describe() {
		$object = isset( $this->agent->request['arguments']['object'] ) ? $this->agent->request['arguments']['object'] : null;
		if ( ! is_string( $object ) || ! preg_match( '/^[A-Za-z][A-Za-z0-9_]{0,79}$/D', $object ) ) {
			return $this->agent->fail( 'bad_request', 'object must be the API name of an object.' );
		}
		$refusal = $this->agent->site->refusal( true );
		if ( null !== $refusal ) {
			return $refusal;
		}
		$this->agent->gate->withhold();
		// Without arguments it asks nobody: it loads the instance's address and the session into the object.
		$this->agent->site->crm->connect();
		$version  = isset( $this->agent->site->crm->api_version ) ? $this->agent->site->crm->api_version : '55.0';
		$url      = rtrim( (string) $this->agent->site->crm->instance_url, '/' ) . "/services/data/v$version/sobjects/$object/describe/";
		$response = wp_remote_get( $url, $this->agent->site->crm->params );
		$proof    = $this->proof( $response );
		if ( 'good' !== $proof['outcome'] ) {
			return $this->agent->fail( $proof['outcome'], $proof['text'] );
		}
		$body = json_decode( wp_remote_retrieve_body( $response ), true );
		if ( ! isset( $body['fields'] ) || ! is_array( $body['fields'] ) ) {
			return $this->agent->fail( 'failed', 'The answer lists no fields.' );
		}
		return $this->agent->good( array( 'object' => $object, 'fields' => array_values( array_map( array( $this, 'field' ), $body['fields'] ) ) ) );
	}

	private function field( $field ) {
		$is = function ( $name ) use ( $field ) {
			return ! empty( $field[ $name ] );
		};
		return array(
			'name'       => isset( $field['name'] ) ? (string) $field['name'] : '',
			'label'      => isset( $field['label'] ) ? (string) $field['label'] : '',
			'type'       => isset( $field['type'] ) ? (string) $field['type'] : '',
			'createable' => $is( 'createable' ),
			'updateable' => $is( 'updateable' ),
			'required'   => $is( 'createable' ) && ! $is( 'nillable' ) && ! $is( 'defaultedOnCreate' ),
		);
	}

	/** The link of the plugin's own class: the one that the proxy hands out has lost its percent signs. */
	public function authorization_url() {
		$plugin = $this->agent->site->plugin_refusal();
		if ( null !== $plugin ) {
			return $plugin;
		}
		$class = $this->salesforce_class();
		if ( ! is_object( $class ) || ! method_exists( $class, 'get_oauth_url' ) ) {
			return $this->agent->fail( 'internal', 'This version of WP Fusion offers no link to authorize Salesforce.' );
		}
		return $this->agent->good( array( 'url' => (string) $class->get_oauth_url() ) );
	}

	/** The plugin's class for Salesforce. Before the first authorization no CRM is chosen, and the plugin makes no object of any. */
	public function salesforce_class() {
		$class = $this->agent->site->loaded_crm();
		if ( null !== $class ) {
			return $class;
		}
		$file = defined( 'WPF_DIR_PATH' ) ? WPF_DIR_PATH . 'includes/crms/salesforce/class-salesforce.php' : '';
		if ( ! class_exists( 'WPF_Salesforce', false ) && is_readable( $file ) ) {
			require_once $file;
		}
		return class_exists( 'WPF_Salesforce', false ) ? new WPF_Salesforce() : null;
	}

	/** The class behind the proxy: the proxy answers false in staging mode. No stored token, no refresh: the old password flow. */
	public function refresh_token() {
		$refusal = $this->agent->site->refusal( true );
		if ( null !== $refusal ) {
			return $refusal;
		}
		$before = $this->agent->site->connection( $this->agent->site->options() );
		if ( null === $before['refresh_fp'] || ! method_exists( $this->agent->site->crm, 'refresh_token' ) ) {
			return $this->agent->fail( 'not_authorized', 'There is no refresh token to spend here.' );
		}
		$this->agent->gate->spend();
		$result = $this->agent->site->crm->refresh_token();
		$after  = $this->agent->site->connection( $this->agent->site->options() );
		if ( $after['access_fp'] !== $before['access_fp'] && is_string( $result ) && $this->agent->site->fingerprint( $result ) === $after['access_fp'] ) {
			return $this->agent->good( array_intersect_key( $after, array( 'access_fp' => 0, 'refresh_fp' => 0 ) ) );
		}
		$told = null === $this->agent->gate->seen ? null : json_decode( $this->agent->gate->seen['body'], true );
		$text = is_wp_error( $result ) ? $result->get_error_message() : 'The plugin stored no new session.';
		return $this->agent->fail( isset( $told['error'] ) ? 'refused' : 'failed', '' === $this->agent->gate->limit ? $text : $this->agent->gate->limit );
	}
};
